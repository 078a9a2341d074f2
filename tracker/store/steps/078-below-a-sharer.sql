-- what is below a sharer is read from an index alone; visits that do not count, of all days together

create index sharers_below on sharers (parent, id, generation);

drop index sharers_parent;

create table uncounted_ever (
  sharer text not null,
  verdict text not null,
  visits integer not null,
  primary key (sharer, verdict)
) without rowid;

insert into uncounted_ever (sharer, verdict, visits)
select sharer, verdict, sum(visits) from uncounted group by sharer, verdict;
