-- what a named link is: a poster, a newsletter; and its code, to type by hand

create table origins (
  sharer text primary key,
  sort text not null,
  code text not null unique,
  made_by text,
  made_at bigint not null
) without rowid;
