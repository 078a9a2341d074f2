-- tables taken away, and tokens of those that programs read

create table exports (
  id text primary key,
  what text not null,
  format text not null,
  taken_by text not null,
  began_at bigint not null,
  told_at bigint not null,
  written bigint not null,
  expected bigint,
  state text not null
) without rowid;

create table api_tokens (
  id text primary key,
  name text not null,
  hash text not null unique,
  made_by text not null,
  made_at bigint not null,
  used_at bigint,
  revoked_by text,
  revoked_at bigint
) without rowid;
