// SPDX-License-Identifier: MPL-2.0

package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Error is a refusal by NSX.
type Error struct {
	Path   string // policy path of the object
	Status int    // of HTTP
	Codes  []int  // NSX's, the refusal's own first, then those of its causes

	text string
	row  *meaning
	user []string // policy paths that NSX's text names
}

// Error says what could not be done to which object, why, and what to do.
func (e *Error) Error() string { return e.text }

// Unwrap returns what the refusal means: one of the errors of this package, openstack.ErrNotFound, or nil.
func (e *Error) Unwrap() error {
	if e.row == nil {
		return nil
	}
	return e.row.kind
}

// Named returns the policy paths of other objects that the refusal names, for example of what uses one that was to be deleted.
func (e *Error) Named() []string { return slices.Clone(e.user) }

// refusal is NSX's answer to a call that it refuses (NSX API, ApiError).
type refusal struct {
	Code    errorCode `json:"error_code"`
	Message string    `json:"error_message"`
	Module  string    `json:"module_name"`
	Status  string    `json:"httpStatus"`
	Related []refusal `json:"related_errors"`

	structured bool // NSX has said it: what stands before it answers with pages for people
}

// errorCode is a number, which some modules of NSX write as a string.
type errorCode int

// UnmarshalJSON reads a number or a string. What is neither counts as no code.
func (c *errorCode) UnmarshalJSON(text []byte) error {
	n, err := strconv.Atoi(strings.Trim(string(text), `"`))
	if err == nil {
		*c = errorCode(n)
	}
	return nil //nolint:nilerr // a refusal without a code is still one
}

func parse(a answer) refusal {
	var said refusal
	if json.Unmarshal(a.body, &said) != nil {
		return refusal{}
	}
	said.structured = said.Code != 0 || said.Message != "" || said.Module != ""
	return said
}

// codes returns the refusal's code and those of its causes.
func (r refusal) codes() []int {
	var out []int
	if r.Code != 0 {
		out = append(out, int(r.Code))
	}
	for _, cause := range r.Related {
		out = append(out, cause.codes()...)
	}
	return out
}

// refused returns the error for a refusal.
func (c *Client) refused(verb verb, path string, a answer) *Error {
	return c.refusedAs(meaningOf(a), verb, path, a)
}

// refusedAs is refused for a refusal that is known to mean something; nil: nobody knows.
func (c *Client) refusedAs(row *meaning, verb verb, path string, a answer) *Error {
	said := parse(a)
	e := &Error{Path: path, Status: a.status, Codes: said.codes(), row: row, user: namedIn(said, path)}
	reason, advice := "NSX answered "+strconv.Itoa(a.status)+" "+http.StatusText(a.status), "its log says more"
	switch {
	case row != nil:
		reason, advice = row.says, row.advice
	case !said.structured:
		reason, advice = fmt.Sprintf("%s answered %d %s, but not as NSX does", c.Server(), a.status, http.StatusText(a.status)),
			"check server (NSXT_MANAGER_HOST), and what stands between it and here"
	}
	if row != nil && row.kind == ErrInUse && len(e.user) > 0 {
		reason += " by " + c.nounsOf(e.user)
	}
	e.text = fmt.Sprintf("%s cannot be %s: %s%s: %s", c.Noun(path), verb.done, reason, c.quote(said), advice)
	return e
}

// longestQuote is how much of NSX's text an error repeats, in bytes.
const longestQuote = 300

// quote repeats what NSX has said, without the secrets of the login.
func (c *Client) quote(said refusal) string {
	text := strings.Join(strings.Fields(said.Message), " ")
	for _, cause := range said.Related {
		if cause.Message != "" && !strings.Contains(text, cause.Message) {
			text += "; " + strings.Join(strings.Fields(cause.Message), " ")
		}
	}
	for _, secret := range c.Secrets() {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	if len(text) > longestQuote {
		text = strings.ToValidUTF8(text[:longestQuote], "") + "…"
	}
	switch text = strings.TrimRight(text, "."); {
	case text == "" && said.Code == 0:
		return ""
	case text == "":
		return fmt.Sprintf(" (error code %d)", said.Code)
	case said.Code == 0:
		return fmt.Sprintf(" (NSX says: %s)", text)
	}
	return fmt.Sprintf(" (NSX says: %s, error code %d)", text, said.Code)
}

// policyPath matches policy paths in NSX's texts, which write them as path=[/infra/…] and in lists.
var policyPath = regexp.MustCompile(`/(?:infra|orgs)/[^\s,;\]\[)('"]+`)

// namedIn returns the policy paths in a refusal's texts, without the object's own.
func namedIn(said refusal, own string) []string {
	out := policyPath.FindAllString(said.Message, -1)
	for _, cause := range said.Related {
		out = append(out, namedIn(cause, own)...)
	}
	for i := range out {
		out[i] = strings.TrimRight(out[i], ".")
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(path string) bool { return path == own })
}
