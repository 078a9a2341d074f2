-- what lies on the way to each sharer, whole branches of channels and episodes, visits that do not count

create table ways (
  trail bigint primary key,
  ways text not null
) without rowid;

create table trails (
  sharer text primary key,
  trail bigint not null
) without rowid;

create table reaches (
  day text not null,
  what text not null,
  name text not null,
  variant integer not null,
  relays integer not null,
  confirmed integer not null,
  gifts integer not null,
  amount bigint not null,
  primary key (day, what, name, variant)
) without rowid;

create table uncounted (
  sharer text not null,
  day text not null,
  verdict text not null,
  visits integer not null,
  primary key (sharer, day, verdict)
) without rowid;

delete from refreshed where what >= 'day:' and what < 'day;';
