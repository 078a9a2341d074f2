-- whole branches over any days that somebody asked for, the best of them

create table branch_ranges (
  since text not null,
  until text not null,
  since_at bigint not null,
  until_at bigint not null,
  asked_at bigint not null,
  made_at bigint,
  primary key (since, until)
) without rowid;

create table range_branches (
  since text not null,
  until text not null,
  sharer text not null,
  relays integer not null,
  confirmed integer not null,
  gifts integer not null,
  amount bigint not null,
  primary key (since, until, sharer)
) without rowid;
