-- whole branches ranked by gifts and amount; new sharers by the way they came

create index branches_gifts on branches (gifts desc, sharer) where gifts > 0;

create index branches_amount on branches (amount desc, sharer) where amount > 0;

alter table journeys add column began integer not null default 0;

delete from refreshed where what >= 'day:' and what < 'day;';
