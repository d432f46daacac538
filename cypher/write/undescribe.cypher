// Takes from the nodes of subjects what they showed of descriptions that are retracted.
// In: ids.  Out: nothing.  Uses: gs_subject_id.
UNWIND $ids AS id
MATCH (s:GsSubject {id: id})
REMOVE s:Enterprise:Person:Unspecified, s.name, s.form, s.status, s.region, s.industry, s.opened_on, s.closed_on, s.state_owned
