// The nodes of subjects that facts mention, made where they are missing.
// In: ids.  Out: nothing.  Uses: gs_subject_id.
UNWIND $ids AS id
MERGE (:GsSubject {id: id})
