package manifest

// A planner collects the edits that lead from the document's text to the
// draft's. It visits what changes and nothing else.
type planner struct {
	*Parsed
	draft *draft
	edits []edit
	// rewrite holds the flow collections that are not to be edited but written
	// anew.
	rewrite map[*node]bool
	// path is what the visited node is in, from the root on.
	path []*node
}

func (p *planner) edit(from, to int, text string, of *node) {
	p.edits = append(p.edits, edit{Edit{from, to, text}, of})
}

// visit plans the edits of n, a node of the draft's own that was made from one
// of the document's. What is deeper comes first. A flow collection that is too
// odd to edit is written anew.
func (p *planner) visit(n *node) error {
	was := p.draft.was[n]
	if p.rewrite[was] || p.json && len(was.content) == 0 {
		return p.replace(was, n)
	}
	edits, depth := len(p.edits), len(p.path)
	err := p.visitContent(n, was)
	p.path = p.path[:depth]
	if err == nil || was.style != flow || p.json {
		return err
	}
	p.edits = p.edits[:edits]
	if p.replace(was, n) != nil {
		return err
	}
	return nil
}

func (p *planner) visitContent(n, was *node) error {
	p.path = append(p.path, was)
	for i, old := range was.content {
		child := n.content[i]
		if child == old {
			continue
		}
		if err := p.visitChild(n, i, child); err != nil {
			return err
		}
	}
	if added := n.content[len(was.content):]; len(added) > 0 {
		return p.extend(was, added)
	}
	return nil
}

// visitChild plans the edits of n's content at i, which became child.
func (p *planner) visitChild(n *node, i int, child *node) error {
	was := p.draft.was[n]
	old := was.content[i]
	switch {
	case p.takesLines(old, child):
		return p.fillIn(was, i, child)
	case p.draft.was[child] == old:
		return p.visit(child)
	case old.isImplicit():
		return p.writeImplicit(was, i, child)
	}
	return p.replace(old, child)
}

// parent returns the collection whose content is being planned.
func (p *planner) parent() *node {
	return p.path[len(p.path)-1]
}

// extend plans the edit that adds content to the collection was.
func (p *planner) extend(was *node, added []*node) error {
	if was.style == flow {
		return p.extendFlow(was, added)
	}
	return p.extendBlock(was, added)
}
