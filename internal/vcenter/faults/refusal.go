// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/privileges"
)

// Refusal is the error of an account that lacks privileges, with all that an administrator needs to grant them.
type Refusal struct {
	user  string
	lacks []lack
	err   error // the original error
}

// lack is the privileges that the account lacks on an object.
type lack struct {
	privileges []string // ids
	on         string   // "the folder OpenStack (group-v12)"
}

// Error lists the lacking privileges on each object, by id and by the name that the vSphere client shows, and how to grant them.
func (r *Refusal) Error() string {
	var parts []string
	for _, l := range r.lacks {
		parts = append(parts, l.String())
	}
	return fmt.Sprintf("%s lacks %s: grant it there in a role, or further up with \"Propagate to children\"",
		r.user, strings.Join(parts, ", and "))
}

// Unwrap returns the original error, so that Is and As find its fault.
func (r *Refusal) Unwrap() error { return r.err }

func (l lack) String() string {
	names := make([]string, len(l.privileges))
	for i, id := range l.privileges {
		if names[i] = id; privileges.Name(id) != "" {
			names[i] = fmt.Sprintf("%s (%s)", id, privileges.Name(id))
		}
	}
	word := "the privilege "
	if len(names) > 1 {
		word = "the privileges "
	}
	return word + strings.Join(names, ", ") + " on " + l.on
}

// MissingOf returns the privileges that a fault names. Newer vCenters name all of them.
func MissingOf(no *types.NoPermission) []types.NoPermissionEntityPrivileges {
	if len(no.MissingPrivileges) == 0 && no.Object != nil {
		return []types.NoPermissionEntityPrivileges{{Entity: *no.Object, PrivilegeIds: []string{no.PrivilegeId}}}
	}
	return no.MissingPrivileges
}

// RefusalOf builds a Refusal from a NoPermission fault. names are the names of its objects, as far as known.
func RefusalOf(user string, no *types.NoPermission, names map[ref]string, err error) *Refusal {
	r := &Refusal{user: strings.TrimSpace("the account " + user), err: err}
	for _, m := range MissingOf(no) {
		r.lacks = append(r.lacks, lack{m.PrivilegeIds, objectNamed(m.Entity, names[m.Entity])})
	}
	slices.SortFunc(r.lacks, func(a, b lack) int { return strings.Compare(a.on, b.on) }) // a vCenter lists them in any order
	if len(r.lacks) == 0 {
		r.lacks = []lack{{[]string{cmp.Or(no.PrivilegeId, "(the vCenter does not say which)")}, "some object"}}
	}
	return r
}

// objectNamed names an object by its kind, its name if known, and its id.
func objectNamed(obj ref, name string) string {
	kind := cmp.Or(gapKinds[obj.Type], obj.Type)
	if name == "" {
		return fmt.Sprintf("the %s %s", kind, obj.Value)
	}
	return fmt.Sprintf("the %s %s (%s)", kind, name, obj.Value)
}

// BareRefusal returns the Refusal in err without the request around it. Any other error stays as it is.
func BareRefusal(err error) error {
	var r *Refusal
	if errors.As(err, &r) {
		return r
	}
	return err
}

// LoginError is a failed login, in one sentence. It is not tried again, because vCenter locks accounts after some failures.
type LoginError struct{ Sentence error }

// Error returns the sentence.
func (e *LoginError) Error() string { return e.Sentence.Error() }

// Unwrap returns the sentence as an error.
func (e *LoginError) Unwrap() error { return e.Sentence }

// DeniedREST returns the Refusal of a REST request. The answer does not name the lacking privilege, so it comes from the privilege
// tables.
func DeniedREST(user string, req *http.Request, status int) error {
	call := privileges.RESTCall(req.Method, req.URL.Path, req.URL.Query().Get("~action"))
	needs, _ := privileges.Needs(privileges.Ask{Call: call})
	r := &Refusal{user: "the account " + user, err: fmt.Errorf("%s: %s", call, http.StatusText(status))}
	for _, n := range needs {
		i := slices.IndexFunc(r.lacks, func(l lack) bool { return l.on == string(n.On) })
		if i < 0 {
			i, r.lacks = len(r.lacks), append(r.lacks, lack{on: string(n.On)})
		}
		r.lacks[i].privileges = append(r.lacks[i].privileges, n.Privilege)
	}
	if len(r.lacks) == 0 {
		r.lacks = []lack{{[]string{"for " + call}, "the vCenter"}}
	}
	return r
}
