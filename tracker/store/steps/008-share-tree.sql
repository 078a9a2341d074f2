-- the share tree, so that a branch opens at once: what is below whom, largest first

drop table branches;

delete from refreshed;

create table branches (
  sharer text primary key,
  parent text not null,
  children integer not null,
  depth integer not null,
  sharers integer not null,
  confirmed integer not null,
  gifts integer not null,
  amount bigint not null
) without rowid;

create index branches_confirmed on branches (confirmed desc, sharer) where confirmed > 0;

create index branches_below_confirmed on branches (parent, confirmed desc, sharer) where confirmed > 0;

create index branches_below_sharers on branches (parent, sharers desc, sharer);

create index branches_below_amount on branches (parent, amount desc, sharer) where amount > 0;
