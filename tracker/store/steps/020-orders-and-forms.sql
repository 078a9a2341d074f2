-- orders that several gifts belong to, the forms that they came through, and by what each was credited

create table orders (
  provider text not null,
  account text not null,
  livemode integer not null,
  name text not null,
  visit_id text,
  form text,
  at bigint not null,
  primary key (provider, account, livemode, name)
) without rowid;

create table bills (
  provider text not null,
  account text not null,
  livemode integer not null,
  bill text not null,
  ordered text not null,
  primary key (provider, account, livemode, bill)
) without rowid;

create index bills_ordered on bills (ordered);

create table instalments (
  provider text not null,
  account text not null,
  livemode integer not null,
  payment text not null,
  bill text not null,
  amount bigint not null,
  currency text not null,
  at bigint not null,
  primary key (provider, account, livemode, payment)
) without rowid;

create index instalments_bill on instalments (bill);

create table forms (
  provider text not null,
  form text not null,
  sharer text not null,
  bound_by text not null,
  bound_at bigint not null,
  primary key (provider, form)
) without rowid;

alter table gifts add column form text;

alter table gifts add column ordered text;

create index gifts_form on gifts (form) where form is not null;

create index gifts_ordered on gifts (ordered) where ordered is not null;

alter table conversions add column means text;
