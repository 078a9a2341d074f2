-- the campaign's hours, and its days by generation and by placement

create table hours (
  day text not null,
  hour integer not null,
  episode text not null,
  channel text not null,
  confirmed integer not null,
  shares integer not null,
  gifts integer not null,
  amount bigint not null,
  brought integer not null,
  primary key (day, hour, episode, channel)
) without rowid;

create table generations (
  day text not null,
  generation integer not null,
  sharers integer not null,
  shares integer not null,
  confirmed integer not null,
  recruits integer not null,
  primary key (day, generation)
) without rowid;

create table journeys (
  day text not null,
  episode text not null,
  channel text not null,
  variant integer not null,
  visits integer not null,
  confirmed integer not null,
  came_back integer not null,
  refused integer not null,
  relayed integer not null,
  begun integer not null,
  finished integer not null,
  sharing integer not null,
  shares integer not null,
  recruits integer not null,
  gifts integer not null,
  amount bigint not null,
  primary key (day, episode, channel, variant)
) without rowid;

create table stops (
  day text not null,
  episode text not null,
  begun integer not null,
  quarter integer not null,
  half integer not null,
  most integer not null,
  whole integer not null,
  primary key (day, episode)
) without rowid;

create table cycles (
  day text not null,
  step integer not null,
  recruits integer not null,
  primary key (day, step)
) without rowid;
