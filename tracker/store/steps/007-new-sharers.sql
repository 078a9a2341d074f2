-- new sharers are counted from an index alone

drop index sharers_began;

create index sharers_kind_began on sharers (kind, created_at);
