// The nodes of records that facts mention, made where they are missing.
// In: ids.  Out: nothing.  Uses: gs_record_id.
UNWIND $ids AS id
MERGE (:GsRecord {id: id})
