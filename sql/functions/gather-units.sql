-- Gathers the rows of the units, one each, into one row a direction with an array for each gate.
insert into {{table}} (direction, input, output, forget, cell)
select 1 + (u.place - 1) / {{hidden}}, array_agg(u.input), array_agg(u.output), array_agg(u.forget), array_agg(u.cell)
from (select r.* from {{unit_rows}} r order by r.place) u
group by 1
