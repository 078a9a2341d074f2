-- which texts are compared, what became of them, how they are dealt, which staff stopped

create table text_tests (
  episode text primary key,
  fingerprint text not null,
  variants integer not null,
  since bigint not null
) without rowid;

create table text_results (
  reward text not null,
  episode text not null,
  block bigint not null,
  variant integer not null,
  shares integer not null,
  people integer not null,
  won integer not null,
  brought integer not null,
  primary key (reward, episode, block, variant)
) without rowid;

create table text_weights (
  episode text not null,
  since bigint not null,
  weights text not null,
  primary key (episode, since)
) without rowid;

create table stopped_texts (
  episode text not null,
  variant integer not null,
  stopped_by text not null,
  at bigint not null,
  primary key (episode, variant)
) without rowid;
