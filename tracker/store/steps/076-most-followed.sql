-- the order of the most followed, with the visits of the newest days

alter table standings add column recent integer not null default 0;

drop index standings_visits;

create index standings_followed on standings (span, (visits + recent) desc, sharer) where visits + recent > 0;

create index standings_recent on standings (span, sharer) where recent <> 0;
