-- What the policies of the stage admission_control say of a row of the image list, as JSON (store/admission.c): true as long as the
-- row is shown and not in evaluations_due.
CREATE TABLE admission_outcomes (
    row_id {integer} NOT NULL PRIMARY KEY REFERENCES snapshot_images (id) ON DELETE CASCADE,
    outcomes TEXT NOT NULL
) {table};

-- As if a new day had begun: all rows are evaluated.
DELETE FROM evaluation_state;
