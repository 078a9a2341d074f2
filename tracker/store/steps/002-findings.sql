-- what was noticed about a visit, and which rules judged it

alter table visits add column rules integer;

alter table visits add column findings text;
