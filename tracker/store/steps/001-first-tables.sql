-- the tree, the visits, the gifts

create table sharers (
  id text primary key,
  parent text,
  kind text not null,
  name text,
  generation integer not null,
  created_at bigint not null
) without rowid;

create index sharers_parent on sharers (parent);

create table visits (
  id text primary key,
  sharer text,
  episode text,
  channel text,
  variant integer,
  at bigint not null,
  verdict text not null,
  rule text,
  seen_at bigint,
  visitor bigint,
  known text,
  source text
) without rowid;

create index visits_sharer_visitor on visits (sharer, visitor);

create index visits_at on visits (at);

create table floods (
  sharer text not null,
  minute bigint not null,
  count integer not null,
  primary key (sharer, minute)
) without rowid;

create table shares (
  id text primary key,
  sharer text not null,
  visit_id text,
  episode text,
  channel text,
  variant integer,
  at bigint not null
) without rowid;

create index shares_sharer_at on shares (sharer, at);

create table departures (
  id text primary key,
  visit_id text,
  target text not null,
  at bigint not null
) without rowid;

create table gifts (
  provider text not null,
  account text not null,
  payment text not null,
  entry text not null,
  kind text not null,
  amount bigint not null,
  currency text not null,
  visit_id text,
  livemode integer not null,
  at bigint not null,
  received_at bigint not null,
  primary key (provider, account, payment, entry)
);

create index gifts_at on gifts (at);

create table notices (
  id text primary key,
  provider text not null,
  at bigint not null,
  verdict text not null,
  detail text,
  payment text,
  body_hash text not null
) without rowid;

create table conversions (
  id text primary key,
  sharer text not null,
  visit_id text,
  kind text not null,
  reference text not null,
  at bigint not null,
  unique (kind, reference)
);

create index conversions_sharer_at on conversions (sharer, at);

create index conversions_visit on conversions (visit_id);

create table totals (
  sharer text not null,
  day text not null,
  episode text not null,
  channel text not null,
  visits integer not null,
  confirmed integer not null,
  shares integer not null,
  gifts integer not null,
  amount bigint not null,
  primary key (day, sharer, episode, channel)
) without rowid;

create index totals_sharer on totals (sharer);

create table salts (
  day bigint primary key,
  salt text not null
);

create table staff (
  name text primary key,
  role text not null,
  password text not null,
  created_at bigint not null
);

create table pseudonyms (
  sharer text primary key,
  name text not null,
  state text not null,
  asked_at bigint not null,
  judged_by text,
  judged_at bigint
);

create table choices (
  name text primary key,
  value text not null,
  changed_by text,
  changed_at bigint not null
);
