// SPDX-License-Identifier: MPL-2.0

package api

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// What a refusal means, for errors.Is. One that means nothing of this is an Error all the same.
var (
	ErrExists       = errors.New("NSX has an object with this id")
	ErrBeingDeleted = errors.New("NSX is deleting an object with this id")
	ErrInUse        = errors.New("NSX has objects that refer to this one or are in it")
	ErrStale        = errors.New("the object was changed by somebody else meanwhile")
	ErrNotReady     = errors.New("what the object depends on is not ready in NSX")
	ErrBadPath      = errors.New("the object refers to one that NSX does not have")
	ErrOverlap      = errors.New("NSX has another object with this address or VLAN")
	ErrRouted       = errors.New("the network has an interface of a router")
	ErrNoLicense    = errors.New("the license of NSX does not have it")
	ErrForbidden    = errors.New("NSX does not allow it to this user")
)

// meaning is a row of the table of refusals.
type meaning struct {
	status int    // 0: any
	codes  []int  // nil: any
	text   string // part of NSX's text; empty: any

	kind   error // nil: none of those above
	says   string
	advice string
	repeat bool // NSX has done nothing and wants to be asked again
}

// meanings holds the refusals that mean more than their text, the more special ones first. Sources: the NSX API's text, and what its
// clients do about the codes (nsxlib, networking-nsx-t, nsx-operator, terraform-provider-nsxt).
var meanings = []meaning{
	{status: 429, says: "NSX was asked too often", advice: later, repeat: true},
	{status: 503, says: "NSX is busy", advice: later, repeat: true},
	{codes: []int{60508, 60514, 60515}, says: "the search of NSX is not ready", advice: later, repeat: true},
	{status: 500, codes: []int{607, 610, codeToken}, says: "the cluster of NSX Managers is being reconfigured", advice: later, repeat: true},
	{status: 400, text: "AtomicRequest/", says: "NSX is busy with another change of it", advice: later, repeat: true},

	{codes: []int{500090, 500087, 500232, 500042, 100148}, kind: ErrNotReady, says: "what it depends on is not ready in NSX", advice: later},
	{codes: []int{500071}, kind: ErrStale, says: "others change it at the same time", advice: later},
	{codes: []int{codeExists}, kind: ErrExists, says: "NSX has one with this id already, which this configuration did not make",
		advice: "import it, or choose another"},
	{codes: []int{500045}, kind: ErrBeingDeleted, says: "NSX is still deleting one with this id", advice: later},
	{codes: []int{500030}, kind: ErrInUse, says: "it is in use", advice: "remove what uses it first"},
	{codes: []int{503040}, kind: ErrInUse, says: "instances or ports are still on it",
		advice: "remove them first, also those that were made elsewhere"},
	{codes: []int{500012}, kind: ErrBadPath, says: "it refers to an object that NSX does not have",
		advice: "check the names and ids in the configuration and in the block nsx"},
	{codes: []int{500105, 8327}, kind: ErrOverlap, says: "its addresses or its VLAN overlap with those of another object",
		advice: "choose others"},
	{codes: []int{503101}, kind: ErrRouted, says: "the network has an interface of a router already",
		advice: "use another network, or remove that interface"},
	{status: 403, codes: []int{505}, kind: ErrNoLicense, says: "the license of NSX does not have this",
		advice: "security groups need one for the distributed firewall (vDefend)"},
	{codes: []int{codeTooLarge}, says: "NSX finds too much at once", advice: report},
	{codes: []int{codeInvalid}, says: "NSX does not accept one of its fields", advice: report},
	{codes: []int{codeNotFound, 202}, kind: openstack.ErrNotFound, says: "NSX does not have it", advice: "it may have been deleted elsewhere"},

	{status: 409, kind: ErrStale, says: "others change it at the same time", advice: later},
	{status: 412, kind: ErrStale, says: "others change it at the same time", advice: later},
	{status: 401, kind: ErrForbidden, says: "NSX does not accept a login that it has only just given",
		advice: "apply again; its administrator can see why in its log"},
	{status: 403, kind: ErrForbidden, says: "NSX does not allow it to this user",
		advice: "give the user a role that may (Network Engineer or Enterprise Admin), in the project if there is one"},
}

const (
	later  = "apply again later"
	report = "please report this to the authors of the provider"
)

// meaningOf looks up a refusal: by its own code, by those of its causes, then by its status. nil: the table does not have it.
func meaningOf(a answer) *meaning {
	said := parse(a)
	for _, code := range said.codes() {
		if row := find(a.status, code, said.Message); row != nil {
			return row
		}
	}
	if row := find(a.status, 0, said.Message); row != nil {
		return row
	}
	if a.status == http.StatusNotFound && said.structured {
		return find(0, codeNotFound, "")
	}
	return nil
}

const (
	codeNotFound = 600
	codeExists   = 500127
	codeInvalid  = 255   // a field; of a search also its page size
	codeTooLarge = 60576 // a page of a search
)

// find returns the first row for a status, a code (0: only rows for any code) and a text.
func find(status, code int, text string) *meaning {
	at := slices.IndexFunc(meanings, func(m meaning) bool {
		byCode := len(m.codes) == 0 && code == 0 || slices.Contains(m.codes, code)
		return byCode && (m.status == 0 || m.status == status) && strings.Contains(text, m.text)
	})
	if at < 0 {
		return nil
	}
	found := meanings[at]
	return &found
}
