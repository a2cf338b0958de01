package wire

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Explain says what vCenter refused, why, and where it is known what to do. The act is written as a gerund: "cloning web-0".
func Explain(act string, err error) error {
	if err == nil {
		return nil
	}
	var (
		permission *types.NoPermission
		duplicate  *types.DuplicateName
		state      *types.InvalidPowerState
		restricted *types.RestrictedVersion
		notFound   *types.ManagedObjectNotFound
		disk       *types.NoDiskSpace
		unread     *Gap
		silent     *SilenceError
		no         *refusal
	)
	switch {
	case errors.As(err, &silent):
		return fmt.Errorf("%s: %w", act, silent)
	case errors.As(err, &unread):
		return fmt.Errorf("%s failed: %w", act, unread)
	case errors.As(err, &no):
		return fmt.Errorf("%s is not allowed: %w", act, no)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s took longer than its timeout allows: %w", act, err)
	case FaultAs(err, &permission):
		return fmt.Errorf("%s is not allowed: %w", act, refusalOf("", permission, nil, err))
	case FaultAs(err, &duplicate):
		return fmt.Errorf("%s failed: the name %q is taken in that folder (by %s)", act, duplicate.Name, duplicate.Object.Value)
	case FaultAs(err, &state):
		return fmt.Errorf("%s needs the power state %s, but it is %s", act, state.RequestedState, state.ExistingState)
	case FaultAs(err, &disk):
		return fmt.Errorf("%s failed: datastore %s has not enough space left", act, disk.Datastore)
	case FaultAs(err, &restricted):
		return fmt.Errorf("%s failed: the license of this vCenter or ESX host does not include it", act)
	case FaultAs(err, &notFound):
		return fmt.Errorf("%s failed: %s %s: %w", act, notFound.Obj.Type, notFound.Obj.Value, openstack.ErrNotFound)
	case NoResponse(err):
		return fmt.Errorf("%s: the connection to the vCenter was lost before it answered (%w)", act, err)
	}
	return fmt.Errorf("%s failed: %w", act, Detailed(WithoutRequest(err)))
}

func FaultAs[T any](err error, target *T) bool {
	_, ok := fault.As(err, target)
	return ok
}

// Nearest gives up to five of the names, those most like wanted first: what to offer when nothing is found.
func Nearest(wanted string, names []string) []string {
	sorted := append([]string(nil), names...)
	sort.Strings(sorted)
	like := func(s string) float64 { return levenshtein.Match(strings.ToLower(wanted), strings.ToLower(s), nil) }
	sort.SliceStable(sorted, func(i, j int) bool { return like(sorted[i]) > like(sorted[j]) })
	return sorted[:min(5, len(sorted))]
}

// NoSuch is the error for a name that nobody knows: it offers the nearest ones.
func NoSuch(kind, wanted, where string, names []string) error {
	if len(names) == 0 {
		return openstack.NotFound("no %s %q in %s, which has none", kind, wanted, where)
	}
	return openstack.NotFound("no %s %q in %s; the nearest names are %s", kind, wanted, where, Quoted(Nearest(wanted, names)))
}

func Quoted(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(out, ", ")
}

// MostNamed is how many of many an error names.
const MostNamed = 10

// Some names a few of many.
func Some(names []string) string {
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) <= MostNamed {
		return Quoted(names)
	}
	return fmt.Sprintf("%s and %d more", Quoted(names[:MostNamed]), len(names)-MostNamed)
}
