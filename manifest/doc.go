// Package manifest reads Kubernetes manifests, YAML and JSON, and changes
// values in them without touching the rest of the text: comments, order, blank
// lines, indentation, quoting and line endings of what does not change stay
// byte for byte.
//
// Split cuts a file into documents, Document.Parse reads one, Parsed.Objects
// finds the Kubernetes objects in it, and Parsed.Apply applies an RFC 6902
// patch to its text. Documents are independent of each other, and so are the
// parts that Document.Parts cuts a large List into, so they can be read and
// changed concurrently.
//
// An edit is a guess about text, and is never trusted: Apply reads what it
// wrote, and compares all of it with the value that the patch leads to. A guess
// that is wrong ends in an error, never in a wrong manifest.
package manifest
