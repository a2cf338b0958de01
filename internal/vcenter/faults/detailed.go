// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

// faultError is an error of the vSphere API in plain words that still wraps its fault.
type faultError struct {
	text string
	err  error
}

// Error returns the plain words.
func (e *faultError) Error() string { return e.text }

// Unwrap returns the fault.
func (e *faultError) Unwrap() error { return e.err }

// typeNames matches a fault's type name, which is the message where the server or a library had no sentence.
var typeNames = regexp.MustCompile(`\*?(types\.|\b)([A-Z]\w*)`)

// Detailed rewrites an error in plain words: vCenter's own sentence, and what it means, since most of them do not tell. A message that
// is only the name of a fault is replaced.
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

// spoken returns a message with type names as words; empty if it was only such a name.
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

// inRequest matches how Go and govmomi write a request before its error: "list tags: Get "https://...": ".
var inRequest = regexp.MustCompile(`(?:[a-z][a-z ]*: )?(?:Get|Post|Put|Patch|Delete) "[^"]*": `)

// WithoutRequest removes the request from an error's text: the text around it tells what was attempted.
func WithoutRequest(err error) error {
	if err == nil || !inRequest.MatchString(err.Error()) {
		return err
	}
	return &reworded{inRequest.ReplaceAllString(err.Error(), ""), err}
}

// reworded is an error with another text.
type reworded struct {
	text string
	err  error
}

// Error returns the other text.
func (e *reworded) Error() string { return e.text }

// Unwrap returns the original error.
func (e *reworded) Unwrap() error { return e.err }
