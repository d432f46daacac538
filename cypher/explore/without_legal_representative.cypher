// Which enterprises have nobody who is, or may be, their legal representative?
// In: day (YYYYMMDD), status (of the enterprise, such as 'active'; null: any).
// Out: enterprise, name, form, status.  Foreign companies, branches and partnerships need none: see their form.
// Uses: a scan of the label Enterprise.
MATCH (e:GsSubject:Enterprise)
WHERE ($status IS NULL OR e.status = $status) AND NOT EXISTS {
  (e)<-[r:LEGAL_REPRESENTATIVE]-() WHERE r.retracted IS NULL AND r.from_lo <= $day < r.to_hi
}
RETURN e.id AS enterprise, e.name AS name, e.form AS form, e.status AS status
ORDER BY enterprise
