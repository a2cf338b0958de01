// SPDX-License-Identifier: MPL-2.0

// Package accounts simulates users with permissions. Every call is checked against the tables of package privileges; what a user may not
// read is left out of answers.
package accounts

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/automation"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/privileges"
)

// Permission is what a user may on an object, as a permission with a role of these privileges says it. As in vCenter, the permission that
// is nearest above an object counts, alone, and every role can read.
type Permission struct {
	On         types.ManagedObjectReference // none: the root folder
	Privileges []string
	Here       bool // whether it is not propagated to what lies in the object
}

// Accounts are the users beside the first, who may everything.
type Accounts struct {
	*base.Base
	rest    *automation.Service
	root    types.ManagedObjectReference
	NoFiles atomic.Bool // nobody may write below /folder

	mu    sync.Mutex
	users map[string]*account
}

// New prepares the accounts of a vCenter that has none but the first.
func New(b *base.Base, rest *automation.Service) *Accounts {
	root := b.Registry.Get(vim25.ServiceInstance).(*simulator.ServiceInstance).Content.RootFolder
	return &Accounts{Base: b, rest: rest, root: root}
}

// Register has the rules about what a session may see answer.
func (a *Accounts) Register(r *base.Receivers, h *Hidden) {
	r.Receive("PropertyCollector", &collectorRules{hidden: h, accounts: a})
}

type account struct {
	password    string
	permissions map[types.ManagedObjectReference]Permission

	mu    sync.Mutex
	asked map[privileges.Ask]bool
	late  bool // whether what is wrong with a task's arguments fails the task
}

// Add makes a user who may what some permissions say. The first user stays the one who may everything.
func (a *Accounts) Add(first *url.Userinfo, name, password string, all []Permission) {
	user := &account{password: password, permissions: map[types.ManagedObjectReference]Permission{}, asked: map[privileges.Ask]bool{}}
	for _, p := range all {
		if p.On.Value == "" {
			p.On = a.root
		}
		user.permissions[p.On] = p
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.users == nil {
		a.users = map[string]*account{}
		a.Registry.SessionManager().ValidLogin = func(login *types.Login) bool {
			if login.UserName == first.Username() {
				of, _ := first.Password()
				return login.Password == of
			}
			of := a.userNamed(login.UserName)
			return of != nil && of.password == login.Password
		}
	}
	a.users[name] = user
}

// RefuseLate has what is wrong with the arguments of a user's tasks fail the task, where it is refused at once else.
func (a *Accounts) RefuseLate(user string) { a.userNamed(user).late = true }

// Asked is what a user's sessions have asked for up to now.
func (a *Accounts) Asked(name string) []privileges.Ask {
	user := a.userNamed(name)
	user.mu.Lock()
	defer user.mu.Unlock()
	return slices.SortedFunc(maps.Keys(user.asked), func(x, y privileges.Ask) int {
		return cmp.Or(strings.Compare(x.Call, y.Call), strings.Compare(x.Field, y.Field))
	})
}

// userNamed is the user of a name; nil for the first one and for one that does not exist.
func (a *Accounts) userNamed(user string) *account {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.users[user]
}

// UserOf is the user of a session; nil for the first one.
func (a *Accounts) UserOf(session *simulator.Session) *account {
	if session == nil {
		return nil
	}
	return a.userNamed(session.UserName)
}

// userBySessionKey is the user of the session with a key, which is all that comes with a call to another service than the vCenter's own;
// nil for the first one, and for no session.
func (a *Accounts) userBySessionKey(key string) *account {
	every := &simulator.Session{Registry: simulator.NewRegistry(), Map: a.Registry}
	manager, _ := every.Get(a.Registry.SessionManager().Self).(*simulator.SessionManager)
	if manager == nil {
		return nil
	}
	for _, session := range manager.SessionList {
		if session.Key == key {
			return a.userNamed(session.UserName)
		}
	}
	return nil
}

// allows reports whether a privilege is granted on an object.
func (a *Accounts) allows(user *account, on types.ManagedObjectReference, privilege string) bool {
	at := on
	for {
		if p, set := user.permissions[at]; set && (at == on || !p.Here) {
			return privileges.Implied(privilege) || slices.Contains(p.Privileges, privilege)
		}
		e, entity := a.Registry.Get(at).(mo.Entity)
		if !entity || e.Entity().Parent == nil {
			return false
		}
		at = *e.Entity().Parent
	}
}

// reads reports whether a user may read an object. What lies in no folder (tasks, managers) is read with the session.
func (a *Accounts) reads(user *account, obj types.ManagedObjectReference) bool {
	_, entity := a.Registry.Get(obj).(mo.Entity)
	return !entity || a.allows(user, obj, "System.Read")
}
