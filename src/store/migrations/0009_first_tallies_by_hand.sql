-- What a new review brings to the tallies is written by whoever writes the review, in a statement of its own: for a statement that sets off
-- another SQLite keeps a copy of every page that both touch, and a first look at fifty reviews spent a tenth of its time on that.
DROP TRIGGER tally_first;
