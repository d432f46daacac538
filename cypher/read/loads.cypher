// The loads that go on, or were cut off.
// In: nothing.  Out: names.  Uses: the label.
MATCH (n:GsLoad)
RETURN collect(n.name) AS names
