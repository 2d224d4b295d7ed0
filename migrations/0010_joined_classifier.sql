-- Classifiers that look at the lexemes of a text beside its vector: those that they know, and how much each tells. Null: vectors alone.
alter table ltd.classifier
  add column lexemes text[],
  add column idfs double precision[],
  drop constraint classifier_method_check,
  add constraint classifier_method_check check (method in ('centroid', 'neighbours', 'logistic', 'joined'));
