package manifest

import (
	"errors"
	"fmt"
	"strings"

	"gomodules.xyz/jsonpatch/v2"
)

// maxAttempts bounds how often edits are planned anew after the result was not
// what it should be.
const maxAttempts = 8

// Apply returns the text of the document with patch applied, which is what
// [Parsed.Edits] leads to.
func (p *Parsed) Apply(patch []jsonpatch.Operation) (string, error) {
	edits, err := p.Edits(patch)
	if err != nil {
		return "", err
	}
	return Splice(p.text, edits), nil
}

// Edits returns what patch changes in the text of the document, in its order.
// Paths are JSON Pointers from the root of the document, and hold for the
// document as the operations before leave it. Supported are "add" and "replace"
// of members of mappings, "replace" of elements, and "add" after the last
// element. All else is an error, and so is a place in the text that cannot be
// changed without changing more: the error names the line, and says what to do.
//
// Lines and comments that do not change are left as they are. A collection that
// comes through an alias is written out where it changes, in flow style; one
// that comes through a merge key gets a member of its own.
func (p *Parsed) Edits(patch []jsonpatch.Operation) ([]Edit, error) {
	if len(patch) == 0 {
		return nil, nil
	}
	if len(p.objects) == 0 {
		return nil, fmt.Errorf("line %d: the document holds no Kubernetes object", p.firstLine)
	}
	d := newDraft(p)
	for _, op := range patch {
		if err := d.apply(op); err != nil {
			return nil, p.locate(during(op, err))
		}
	}
	edits, err := p.plan(d)
	if err != nil {
		return nil, p.locate(err)
	}
	return planned(edits), nil
}

// plan returns the edits that lead to the draft.
func (p *Parsed) plan(d *draft) ([]edit, error) {
	rewrite := make(map[*node]bool)
	for range maxAttempts {
		plan := planner{Parsed: p, draft: d, rewrite: rewrite}
		if err := plan.visit(d.root); err != nil {
			return nil, err
		}
		if len(plan.edits) == 0 {
			return nil, nil
		}
		if !order(plan.edits) {
			return nil, odd(plan.edits[0].of, "changes overlap")
		}
		wrong := p.verify(d, Splice(p.text, planned(plan.edits)))
		if wrong == nil {
			return plan.edits, nil
		}
		culprit := blame(plan.edits, wrong.at).of
		if rewrite[culprit] || culprit.style != flow || p.json {
			return nil, odd(culprit, wrong.text)
		}
		rewrite[culprit] = true
	}
	return nil, odd(p.root, "after several attempts")
}

// verify reads out again. It returns nil if its value is that of the draft, and
// otherwise what is wrong, and where in out.
func (p *Parsed) verify(d *draft, out string) *problemError {
	if p.items != nil && strings.HasSuffix(p.text, "\n") && !strings.HasSuffix(out, "\n") {
		return &problemError{at: len(out), text: "the next item would run into it"}
	}
	again := Parsed{text: out, items: p.items}
	err := again.read()
	if err == nil && again.json == p.json && again.root != nil {
		if n := d.root.difference(again.root); n != nil {
			return &problemError{at: int(n.start), text: "it would mean something else"}
		}
		if err = again.root.check(); err == nil || p.json {
			return nil
		}
	}
	wrong := &problemError{text: "it would be no manifest any more"}
	_ = errors.As(err, &wrong)
	return wrong
}

// odd says that the text around n is more than an edit can cope with.
func odd(n *node, reason string) error {
	return problem(n, "this cannot be changed in place (%s): write it in block style, without tags, anchors and explicit keys", reason)
}

// during says which operation has met err.
func during(op jsonpatch.Operation, err error) error {
	at := 0
	if e, ok := errors.AsType[*problemError](err); ok {
		at = max(e.at, 0)
	}
	return &problemError{at: at, text: fmt.Sprintf("%s %q: %v", op.Operation, op.Path, err)}
}
