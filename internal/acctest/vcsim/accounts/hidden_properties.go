// SPDX-License-Identifier: MPL-2.0

package accounts

import (
	"slices"
	"strings"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// Hidden are properties that are answered in an object's MissingSet, as a real server answers what the account may not read, or what a host
// that is disconnected would have to say.
type Hidden struct {
	mu sync.Mutex
	of map[types.ManagedObjectReference]hiddenPart
}

// NewHidden hides nothing.
func NewHidden() *Hidden { return &Hidden{of: map[types.ManagedObjectReference]hiddenPart{}} }

type hiddenPart struct {
	fault types.BaseMethodFault
	paths []string // none: all but the name
	unset []string // these, and what is below them, are left out without a word
}

// Hide has some properties of an object answered as missing with a fault; a nil fault shows everything again.
func (h *Hidden) Hide(obj types.ManagedObjectReference, fault types.BaseMethodFault, paths []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if delete(h.of, obj); fault != nil {
		h.of[obj] = hiddenPart{fault: fault, paths: paths}
	}
}

// Cloning has a machine answered as one that is still being cloned.
func (h *Hidden) Cloning(vm types.ManagedObjectReference, cloned bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if delete(h.of, vm); cloned {
		h.of[vm] = hiddenPart{unset: []string{"config", "runtime.host", "guest", "summary.config", "resourcePool"}}
	}
}

func (h hiddenPart) leavesOut(path string) bool {
	return slices.ContainsFunc(h.unset, func(u string) bool { return path == u || strings.HasPrefix(path, u+".") })
}

// Any reports whether anything is hidden.
func (h *Hidden) Any() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.of) > 0
}

// hides is what is hidden of an object.
func (h *Hidden) hides(obj types.ManagedObjectReference) (how hiddenPart, hidden bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	how, hidden = h.of[obj]
	return how, hidden
}

// hide moves what is hidden, or what the session's user may not read, from the properties of an answer to what is missing in it.
func (c *collectorRules) hide(ctx *simulator.Context, objects []types.ObjectContent) {
	user := c.accounts.UserOf(ctx.Session)
	for i := range objects {
		o := &objects[i]
		how, hidden := c.hidden.hides(o.Obj)
		if !hidden && (user == nil || c.accounts.reads(user, o.Obj)) {
			continue
		}
		if !hidden {
			how.fault = new(types.NoPermission)
		}
		if o.PropSet = slices.DeleteFunc(o.PropSet, func(p types.DynamicProperty) bool { return how.leavesOut(p.Name) }); how.fault == nil {
			continue
		}
		fault := how.fault
		if _, denied := fault.(*types.NoPermission); denied {
			obj := o.Obj
			fault = &types.NoPermission{Object: &obj, PrivilegeId: "System.Read"}
		}
		var shown []types.DynamicProperty
		for _, p := range o.PropSet {
			if len(how.paths) == 0 && p.Name == "name" || len(how.paths) > 0 && !slices.Contains(how.paths, p.Name) {
				shown = append(shown, p)
				continue
			}
			o.MissingSet = append(o.MissingSet, types.MissingProperty{Path: p.Name,
				Fault: types.LocalizedMethodFault{Fault: fault, LocalizedMessage: "it is not shown"}})
		}
		o.PropSet = shown
	}
}

// collectorRules are those of PropertyCollector.
type collectorRules struct {
	base.Receiver
	hidden   *Hidden
	accounts *Accounts
}

// RetrievePropertiesEx leaves out what is hidden.
func (c *collectorRules) RetrievePropertiesEx(ctx *simulator.Context, req *types.RetrievePropertiesEx) soap.HasFault {
	res := ctx.Session.Get(req.This).(*simulator.PropertyCollector).RetrievePropertiesEx(ctx, req)
	if body, ok := res.(*methods.RetrievePropertiesExBody); ok && body.Res != nil && body.Res.Returnval != nil {
		c.hide(ctx, body.Res.Returnval.Objects)
	}
	return res
}

// ContinueRetrievePropertiesEx leaves out what is hidden.
func (c *collectorRules) ContinueRetrievePropertiesEx(ctx *simulator.Context, req *types.ContinueRetrievePropertiesEx) soap.HasFault {
	res := ctx.Session.Get(req.This).(*simulator.PropertyCollector).ContinueRetrievePropertiesEx(ctx, req)
	if body, ok := res.(*methods.ContinueRetrievePropertiesExBody); ok && body.Res != nil {
		c.hide(ctx, body.Res.Returnval.Objects)
	}
	return res
}
