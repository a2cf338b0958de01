package faults

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

// faultError is an error of the vSphere API in plain words. What it is can still be asked of it.
type faultError struct {
	text string
	err  error
}

// Error is the plain words.
func (e *faultError) Error() string { return e.text }

// Unwrap is the fault.
func (e *faultError) Unwrap() error { return e.err }

// typeNames are what a fault's message is where the server, or a library on the way, had no sentence: the name of its type.
var typeNames = regexp.MustCompile(`\*?(types\.|\b)([A-Z]\w*)`)

// Detailed is an error in plain words: vCenter's own sentence, and what it means, because most of them say nothing without it. A message
// that is but the name of a fault is replaced.
func Detailed(err error) error {
	var cause types.BaseMethodFault
	if !As(err, &cause) || cause == nil {
		return err
	}
	sentence := sentenceOf(cause)
	said := spoken(err.Error(), faultName(cause))
	switch {
	case said == "" || strings.Contains(said, sentence):
		return &faultError{cmp.Or(said, sentence), err}
	}
	return &faultError{fmt.Sprintf("%s (%s)", said, sentence), err}
}

// spoken is what remains of a message without types' names: nothing where it was but such a name.
func spoken(text, name string) string {
	text = strings.TrimPrefix(text, "ServerFaultCode: ")
	text = typeNames.ReplaceAllStringFunc(text, func(found string) string {
		parts := typeNames.FindStringSubmatch(found)
		if parts[2] == name || parts[1] == "types." {
			return words(parts[2])
		}
		return found
	})
	text = strings.TrimSpace(text)
	if text == words(name) {
		return ""
	}
	return text
}

// inRequest is how Go and govmomi write a request before what went wrong with it: "list tags: Get "https://...": ".
var inRequest = regexp.MustCompile(`(?:[a-z][a-z ]*: )?(?:Get|Post|Put|Patch|Delete) "[^"]*": `)

// WithoutRequest is an error whose text leaves the request out: what was to be done is said in words around it.
func WithoutRequest(err error) error {
	if err == nil || !inRequest.MatchString(err.Error()) {
		return err
	}
	return &reworded{inRequest.ReplaceAllString(err.Error(), ""), err}
}

// reworded is an error in other words.
type reworded struct {
	text string
	err  error
}

// Error is the other words.
func (e *reworded) Error() string { return e.text }

// Unwrap is the error.
func (e *reworded) Unwrap() error { return e.err }
