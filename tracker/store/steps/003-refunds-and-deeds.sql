-- what platforms told of refunds, and what staff did to gifts by hand

create table told (
  provider text not null,
  account text not null,
  payment text not null,
  livemode integer not null,
  fact text not null,
  kind text not null,
  amount bigint not null,
  at bigint not null,
  primary key (provider, account, payment, livemode, fact)
) without rowid;

create table gift_deeds (
  id text primary key,
  deed text not null,
  provider text not null,
  account text not null,
  payment text not null,
  sharer text,
  amount bigint,
  note text,
  done_by text not null,
  at bigint not null
) without rowid;

create index gift_deeds_payment on gift_deeds (provider, account, payment);

create table bodies (
  notice text primary key,
  provider text not null,
  at bigint not null,
  body text not null
) without rowid;

alter table notices add column extract text;

alter table gifts add column amount_hidden integer not null default 0;

insert into told (provider, account, payment, livemode, fact, kind, amount, at)
select provider, account, payment, livemode, entry, 'refund', -amount, at from gifts where kind = 'refund';

update gifts set entry = 'test:' || entry where livemode = 0;
