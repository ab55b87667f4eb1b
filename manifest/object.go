package manifest

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// An Object is a Kubernetes object in a document.
type Object struct {
	APIVersion, Kind string
	// Namespace and Name are empty where the object does not say.
	Namespace, Name string
	// Path is the JSON Pointer of the object in the document: "" for the
	// document itself, "/items/3" in a List.
	Path string
	// Line is the line of the file on which the object begins.
	Line int

	document *Parsed
	node     *node
}

// Objects returns the Kubernetes objects in the document, in its order: the
// document itself, or the items of a List, also of one in another and of a list
// that is typed, such as a PodList, whose items need not say what they are.
// There are none in a document that is no mapping with apiVersion and kind.
func (p *Parsed) Objects() []Object {
	return p.objects
}

// findObjects returns the objects of p's tree.
func (p *Parsed) findObjects() ([]Object, error) {
	f := finder{document: p, line: p.firstLine}
	if p.items != nil {
		err := f.findItems(p.root, "", *p.items)
		return f.objects, err
	}
	err := f.find(p.root, "", Object{})
	return f.objects, err
}

// objectOf returns what n says that it is.
func objectOf(n *node) Object {
	return Object{APIVersion: n.member("apiVersion").text(), Kind: n.member("kind").text()}
}

// isList reports whether o is a List, or one that is typed.
func (o Object) isList() bool {
	return o.APIVersion != "" && strings.HasSuffix(o.Kind, "List")
}

// item returns what an item of the list o is that does not say.
func (o Object) item() Object {
	return Object{APIVersion: o.APIVersion, Kind: strings.TrimSuffix(o.Kind, "List")}
}

// finder collects objects. It counts lines as it goes, since a document may
// hold thousands of objects.
type finder struct {
	document *Parsed
	objects  []Object
	line, at int
}

// find adds the objects in n, which is at path. What implied says holds for an
// object that says nothing.
func (f *finder) find(n *node, path jsontext.Pointer, implied Object) error {
	o := objectOf(n)
	if o.APIVersion == "" && o.Kind == "" {
		o = implied
	}
	if o.APIVersion == "" || o.Kind == "" {
		return nil
	}
	if list := n.member("items"); list != nil && list.kind == sequence && o.isList() {
		return f.findItems(list, path, items{implied: o.item()})
	}
	if f.document.json {
		if err := n.checkOnce("apiVersion", "kind", "metadata"); err != nil {
			return err
		}
	}
	metadata := n.member("metadata")
	o.Namespace, o.Name = metadata.member("namespace").text(), metadata.member("name").text()
	o.Path, o.Line = string(path), f.lineOf(n)
	o.document, o.node = f.document, n
	f.objects = append(f.objects, o)
	return nil
}

func (f *finder) findItems(list *node, path jsontext.Pointer, of items) error {
	path = path.AppendToken("items")
	for i, item := range list.content {
		if err := f.find(item.resolved(), path.AppendToken(strconv.Itoa(of.index+i)), of.implied); err != nil {
			return err
		}
	}
	return nil
}

// lineOf returns the line of the file on which n begins.
func (f *finder) lineOf(n *node) int {
	// An alias leads back.
	if at := int(n.start); at < f.at {
		return f.document.line(at)
	}
	f.line += strings.Count(f.document.text[f.at:n.start], "\n")
	f.at = int(n.start)
	return f.line
}
