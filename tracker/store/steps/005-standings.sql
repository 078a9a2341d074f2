-- the leaderboard's usual spans, the campaign's days and whole branches, already added up

create table spans (
  span text primary key,
  since text not null,
  until text not null,
  settled text not null
) without rowid;

create table standings (
  span text not null,
  sharer text not null,
  visits integer not null,
  confirmed integer not null,
  shares integer not null,
  gifts integer not null,
  amount bigint not null,
  primary key (span, sharer)
) without rowid;

create index standings_visits on standings (span, visits desc, sharer) where visits > 0;

create index standings_confirmed on standings (span, confirmed desc, sharer) where confirmed > 0;

create index standings_shares on standings (span, shares desc, sharer) where shares > 0;

create index standings_gifts on standings (span, gifts desc, sharer) where gifts > 0;

create index standings_amount on standings (span, amount desc, sharer) where amount > 0;

create table sums (
  day text not null,
  episode text not null,
  channel text not null,
  visits integer not null,
  confirmed integer not null,
  shares integer not null,
  gifts integer not null,
  amount bigint not null,
  brought integer not null,
  primary key (day, episode, channel)
) without rowid;

create table branches (
  sharer text primary key,
  sharers integer not null,
  confirmed integer not null,
  gifts integer not null,
  amount bigint not null
) without rowid;

create index branches_confirmed on branches (confirmed desc, sharer) where confirmed > 0;

create table refreshed (
  what text primary key,
  at bigint not null,
  state text not null
) without rowid;

create index sharers_began on sharers (created_at) where kind = 'visit';
