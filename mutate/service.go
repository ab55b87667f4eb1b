package mutate

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/dualstack-dev/webhook/mutate/patch"
)

// The only fields of a Service's spec that are ever written. Each is written
// where the author left it out, and only as the rows of [ServiceRows] say.
const (
	pathPolicy   patch.Path = "/spec/ipFamilyPolicy"
	pathFamilies patch.Path = "/spec/ipFamilies"
)

// Service returns what must change in the Service for it to serve both IP
// families; before is empty when it is being created.
//
// At that moment the API server has not filled in the policy yet, so a policy
// that is set is its author's choice.
func Service(after After, before Before, p Policy) Result {
	if after.ServiceView == nil || after.Metadata == nil || after.Spec == nil {
		return Result{Notes: []Note{{Code: CodeIncomplete}}}
	}
	if measure, over := after.exceeds(); over && !p.leavesAlone(after.Metadata) {
		return OverLimit(measure)
	}
	p = p.With(after.Metadata)
	r := recorder{notes: p.notes()}
	c := serviceCase{After: after, before: before, policy: p}
	row := c.row()
	if len(row.Writes) == 0 {
		// Of a setting it is noted already, with the setting.
		if !slices.ContainsFunc(r.notes, func(n Note) bool { return n.Code == row.Code }) {
			r.note(c.refusal(row.Code))
		}
		return r.result(after.Metadata, false)
	}
	c.noteExternalIPs(&r)
	c.write(&r, row)
	return r.result(after.Metadata, p.Mode.changesServices())
}

// serviceCase is what the rows of the table are asked about.
type serviceCase struct {
	After
	before Before
	policy Policy
}

// row returns the first row that is about the Service.
func (c serviceCase) row() Row {
	first := slices.IndexFunc(serviceRows, func(row Row) bool { return row.about == nil || row.about(c) })
	return serviceRows[first]
}

// refusal returns the note of a row that writes nothing.
func (c serviceCase) refusal(code Code) Note {
	note := Note{Code: code}
	if code == CodeMeshMayReach {
		note.Part = c.policy.ReachedBy()
	}
	return note
}

// write sets the fields of the row that its author left out, and the status
// that says which.
func (c serviceCase) write(r *recorder, row Row) {
	var status []string
	for _, path := range row.Writes {
		switch {
		case path == pathPolicy && c.Spec.IPFamilyPolicy == nil:
			policy := string(c.familyPolicy())
			r.patch.Set(path, policy)
			r.note(Note{Code: row.Code, Path: path, New: policy})
			status = append(status, "ipFamilyPolicy="+policy)
		case path == pathFamilies:
			primary := string(c.policy.PrimaryFamily)
			r.patch.Set(path, []string{primary})
			r.note(Note{Code: row.Code, Path: path, New: primary})
			status = append(status, "ipFamilies="+primary)
		}
	}
	r.status(c.Metadata, strings.Join(status, ","))
}

// familyPolicy returns what to write. RequireDualStack is rejected on a cluster
// with one IP family, so it is written only where there are known to be two;
// there both policies come to the same addresses.
func (c serviceCase) familyPolicy() corev1.IPFamilyPolicy {
	if c.policy.FamilyPolicy == corev1.IPFamilyPolicyRequireDualStack && c.policy.Facts.DualStack == Enabled {
		return corev1.IPFamilyPolicyRequireDualStack
	}
	return corev1.IPFamilyPolicyPreferDualStack
}

// noteExternalIPs warns about addresses that stay as they are: nobody but the
// author knows those of the other family.
func (c serviceCase) noteExternalIPs(r *recorder) {
	if ips := c.Spec.ExternalIPs; len(ips) > 0 && !bothFamilies(ips, netip.ParseAddr) {
		r.note(Note{Code: CodeExternalIPs, Path: "/spec/externalIPs"})
	}
}
