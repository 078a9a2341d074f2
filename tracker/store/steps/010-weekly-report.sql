-- the weekly report: who wants it, and who has had it

create table subscribers (
  staff text primary key,
  address text not null,
  language text not null,
  consented_at bigint not null
) without rowid;

create table reports (
  week text not null,
  staff text not null,
  tries integer not null,
  claimed_at bigint not null,
  sent_at bigint,
  problem text,
  primary key (week, staff)
) without rowid;
