-- how often somebody tried, by hash

create table tries (
  who text primary key,
  count integer not null,
  until bigint not null
) without rowid;
