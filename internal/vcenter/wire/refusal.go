package wire

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/privileges"
)

// refusal is that the account may not do something, with all that somebody needs to know who is to allow it.
type refusal struct {
	user  string
	lacks []lack
	err   error // as it came
}

// lack is what the account lacks on an object.
type lack struct {
	privileges []string // ids
	on         string   // "the folder OpenStack (group-v12)"
}

// Error says which privileges are lacking on which objects, by their ids and as the vSphere client names them, and what to do.
func (r *refusal) Error() string {
	var parts []string
	for _, l := range r.lacks {
		parts = append(parts, l.String())
	}
	return fmt.Sprintf("%s lacks %s: grant it there in a role, or further up with \"Propagate to children\"",
		r.user, strings.Join(parts, ", and "))
}

// Unwrap is what came, for those who look for a fault.
func (r *refusal) Unwrap() error { return r.err }

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

// denied makes a refusal of an error that holds NoPermission, and asks what the objects are called; any other error stays as it is.
func (s *session) denied(ctx context.Context, plain *vim25.Client, err error) error {
	var no *types.NoPermission
	var known *refusal
	if err == nil || errors.As(err, &known) || IsFault[*types.NotAuthenticated](err) || !FaultAs(err, &no) || no == nil {
		return err
	}
	return refusalOf(s.cfg.User, no, namesOf(ctx, plain, missingOf(no)), err)
}

// missingOf are the privileges that a fault names. Newer vCenters name all of them.
func missingOf(no *types.NoPermission) []types.NoPermissionEntityPrivileges {
	if len(no.MissingPrivileges) == 0 && no.Object != nil {
		return []types.NoPermissionEntityPrivileges{{Entity: *no.Object, PrivilegeIds: []string{no.PrivilegeId}}}
	}
	return no.MissingPrivileges
}

func refusalOf(user string, no *types.NoPermission, names map[ref]string, err error) *refusal {
	r := &refusal{user: strings.TrimSpace("the account " + user), err: err}
	for _, m := range missingOf(no) {
		r.lacks = append(r.lacks, lack{m.PrivilegeIds, objectNamed(m.Entity, names[m.Entity])})
	}
	slices.SortFunc(r.lacks, func(a, b lack) int { return strings.Compare(a.on, b.on) }) // a vCenter names them in any order
	if len(r.lacks) == 0 {
		r.lacks = []lack{{[]string{cmp.Or(no.PrivilegeId, "(the vCenter does not say which)")}, "some object"}}
	}
	return r
}

// objectNamed is an object by its kind, its name where that is shown, and its id.
func objectNamed(obj ref, name string) string {
	kind := cmp.Or(gapKinds[obj.Type], obj.Type)
	if name == "" {
		return fmt.Sprintf("the %s %s", kind, obj.Value)
	}
	return fmt.Sprintf("the %s %s (%s)", kind, UnescapeName(name), obj.Value)
}

// namesOf asks for objects' names, past the wire, once and quickly: an error without them is better than one that comes late.
func namesOf(ctx context.Context, plain *vim25.Client, of []types.NoPermissionEntityPrivileges) map[ref]string {
	names := map[ref]string{}
	if plain == nil || len(of) == 0 {
		return names
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), namesTimeout)
	defer stop()
	var asks []PropertyQuery
	for _, m := range of {
		asks = append(asks, PropertyQuery{m.Entity, []string{"name"}})
	}
	res, err := methods.RetrievePropertiesEx(ctx, plain.Client, &types.RetrievePropertiesEx{This: plain.ServiceContent.PropertyCollector,
		SpecSet: FilterSpecs(asks, nil)})
	if err != nil || res.Returnval == nil {
		return names
	}
	for _, o := range res.Returnval.Objects {
		for _, p := range o.PropSet {
			if name, is := p.Val.(string); is && p.Name == "name" {
				names[o.Obj] = name
			}
		}
	}
	return names
}

const namesTimeout = 10 * time.Second

// deniedREST is the refusal of a request that is not SOAP. Such an answer does not say which privilege is lacking; the tables do.
func (s *session) deniedREST(req *http.Request, status int) error {
	call := privileges.RESTCall(req.Method, req.URL.Path, req.URL.Query().Get("~action"))
	needs, _ := privileges.Needs(privileges.Ask{Call: call})
	r := &refusal{user: "the account " + s.cfg.User, err: fmt.Errorf("%s: %s", call, http.StatusText(status))}
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

// BareRefusal is a refusal without the request that was refused around it; any other error stays as it is.
func BareRefusal(err error) error {
	var r *refusal
	if errors.As(err, &r) {
		return r
	}
	return err
}
