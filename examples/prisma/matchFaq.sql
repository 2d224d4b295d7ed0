-- put it at prisma/sql/matchFaq.sql; then: await prisma.$queryRawTyped(matchFaq("怎么退款"))
-- @param {String} $1:question
select m.decision, m.chance, m.similarity, f.id, f.question, f.answer
from ltd.match('faq', $1, 3) with ordinality m
join public.faq f on f.id::text = m.key[1]
order by m.ordinality
