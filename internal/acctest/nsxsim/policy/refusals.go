// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Refusal is an answer of NSX that is no success. Code is what a client decides by.
type Refusal struct {
	Status, Code int
	Text         string
}

// Error implements error.
func (r *Refusal) Error() string { return fmt.Sprintf("%d/%d: %s", r.Status, r.Code, r.Text) }

// refusing makes the function that refuses with a status and a code.
func refusing(status, code int) func(format string, args ...any) *Refusal {
	return func(format string, args ...any) *Refusal {
		return &Refusal{Status: status, Code: code, Text: fmt.Sprintf(format, args...)}
	}
}

// The refusals of the Policy API by what they mean. The codes are those that clients of NSX decide by (github.com/vmware/vmware-nsxlib,
// github.com/vmware-tanzu/nsx-operator, and issues of github.com/vmware/terraform-provider-nsxt).
var (
	NotThere      = refusing(http.StatusNotFound, 600)
	Unreadable    = refusing(http.StatusBadRequest, 220)
	Invalid       = refusing(http.StatusBadRequest, 255) // a property that is unknown, of another kind, or has an impossible value
	AlreadyExists = refusing(http.StatusBadRequest, 500127)
	BeingDeleted  = refusing(http.StatusBadRequest, 500045)
	InUse         = refusing(http.StatusBadRequest, 500030) // has children, or is referred to
	HasPorts      = refusing(http.StatusBadRequest, 503040)
	BadReference  = refusing(http.StatusBadRequest, 500012)
	NotReady      = refusing(http.StatusBadRequest, 500232) // what it depends on is not realized yet
	HasRouter     = refusing(http.StatusBadRequest, 503101)
	Overlap       = refusing(http.StatusBadRequest, 500105)
	Stale         = refusing(http.StatusPreconditionFailed, 500071)
	Conflict      = refusing(http.StatusConflict, 500071)
	NotYours      = refusing(http.StatusForbidden, 289)
	Unlicensed    = refusing(http.StatusForbidden, 505)
	Credentials   = refusing(http.StatusForbidden, 403)
	Token         = refusing(http.StatusForbidden, 98)
	NoSession     = refusing(http.StatusUnauthorized, 401)
	NoMethod      = refusing(http.StatusMethodNotAllowed, 258)
)

// names are what the field httpStatus says.
var names = map[int]string{
	http.StatusBadRequest: "BAD_REQUEST", http.StatusUnauthorized: "UNAUTHORIZED", http.StatusForbidden: "FORBIDDEN",
	http.StatusNotFound: "NOT_FOUND", http.StatusMethodNotAllowed: "METHOD_NOT_ALLOWED", http.StatusConflict: "CONFLICT",
	http.StatusPreconditionFailed: "PRECONDITION_FAILED",
}

// ServeHTTP implements http.Handler: it sends the refusal.
func (r *Refusal) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	send(w, r.Status, map[string]any{"httpStatus": names[r.Status], "error_code": r.Code, "module_name": "policy", "error_message": r.Text})
}

// Send answers a request with a value as JSON, or with nothing.
func Send(w http.ResponseWriter, value any) { send(w, http.StatusOK, value) }

func send(w http.ResponseWriter, status int, value any) {
	if value == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // whoever asked has hung up
}
