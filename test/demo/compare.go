package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// compare returns a table of every field that the API server stored differently
// in the two namespaces. Objects without a difference have a line as well.
func (s *stage) compare(ctx context.Context) (string, error) {
	codes, err := s.codes()
	if err != nil {
		return "", err
	}
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 3, ' ', 0)
	fmt.Fprintf(w, "OBJECT\tFIELD\t%s\t%s\tWHY\n", strings.ToUpper(plain), strings.ToUpper(optedIn))
	for _, kind := range []string{"Service", "Pod"} {
		before, err := s.stored(ctx, kind, plain)
		if err != nil {
			return "", err
		}
		after, err := s.stored(ctx, kind, optedIn)
		if err != nil {
			return "", err
		}
		for _, name := range slices.Sorted(maps.Keys(before)) {
			object := strings.ToLower(kind) + "/" + name
			writeDifferences(w, object, before[name], after[name], codes[object])
		}
	}
	if err := w.Flush(); err != nil {
		return "", err
	}
	return trimLines(text.String()), nil
}

// writeDifferences writes a line for each field in which an object differs.
func writeDifferences(w *tabwriter.Writer, object string, before, after fields, codes []string) {
	why := strings.Join(codes, " ")
	if why == "" {
		why = "(not asked)"
	}
	if maps.Equal(before, after) {
		fmt.Fprintf(w, "%s\t\tsame\tsame\t%s\n", object, why)
		return
	}
	both := maps.Clone(before)
	maps.Copy(both, after)
	for _, path := range slices.Sorted(maps.Keys(both)) {
		if before[path] == after[path] {
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", object, path, orNone(before[path]), orNone(after[path]), why)
		object, why = "", ""
	}
}

// stored returns the fields of the objects of a kind by their names.
func (s *stage) stored(ctx context.Context, kind, namespace string) (map[string]fields, error) {
	k8s, err := client.New(s.Config(), client.Options{})
	if err != nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(schema.GroupVersionKind{Version: "v1", Kind: kind + "List"})
	if err := k8s.List(ctx, list, client.InNamespace(namespace)); err != nil {
		return nil, fmt.Errorf("reading what is stored in %s: %w", namespace, err)
	}
	objects := map[string]fields{}
	for _, item := range list.Items {
		objects[item.GetName()] = fieldsOf(item.Object)
	}
	return objects, nil
}

// codes returns the codes that the API server's audit log has for each object
// of the namespace that opted in. In the other one there must be none.
func (s *stage) codes() (map[string][]string, error) {
	events, err := s.AuditEvents()
	if err != nil {
		return nil, err
	}
	codes := map[string][]string{}
	for _, event := range events {
		object := strings.TrimSuffix(event.ObjectRef.Resource, "s") + "/" + event.ObjectRef.Name
		for _, key := range slices.Sorted(maps.Keys(event.Annotations)) {
			name, code, _ := strings.Cut(key, "/")
			switch {
			case !strings.HasSuffix(name, ".webhook.dualstack.dev"):
			case event.ObjectRef.Namespace == plain:
				return nil, fmt.Errorf("the webhook was called for %s in %s, which did not opt in", object, plain)
			case event.ObjectRef.Namespace == optedIn:
				codes[object] = append(codes[object], code)
			}
		}
	}
	return codes, nil
}

func orNone(value string) string {
	if value == "" {
		return "-"
	}
	return value
}

// trimLines removes the spaces with which a table pads an empty last column.
func trimLines(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}
