-- how far films were watched

create table films (
  visit_id text not null,
  episode text not null,
  quartile integer not null,
  at bigint not null,
  primary key (visit_id, episode)
) without rowid;

create index films_at on films (at);
