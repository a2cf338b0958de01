// SPDX-License-Identifier: MPL-2.0

package policy

import "time"

// Fault is what becomes of an object in place of its realization. Alarms come after the state, as a real NSX raises them.
type Fault struct {
	Code    int
	Message string
	// AlarmAfter is from the state ERROR until there is an alarm.
	AlarmAfter time.Duration
}

// Fail has an object's realization end in a fault, and a nil one has it succeed again.
func (o *Objects) Fail(x *Object, fault *Fault) { x.fault = fault }

// faultOf is what keeps an object from being realized: what was set, and otherwise what its noun finds.
func (o *Objects) faultOf(x *Object) *Fault {
	if x.fault != nil || x.Noun.Fault == nil {
		return x.fault
	}
	return x.Noun.Fault(o, x)
}

// Realized is when an object as it is now is realized.
func (o *Objects) Realized(x *Object) time.Time {
	published := x.made.Add(o.Delays.Publish)
	if x.changed.After(published) {
		published = x.changed
	}
	return published.Add(o.Delays.Realize)
}

// state is that of an object's realization at a time, empty where nothing was known yet.
func (o *Objects) state(x *Object, at time.Time) string {
	switch {
	case at.Before(x.made.Add(o.Delays.Publish)):
		return ""
	case at.Before(o.Realized(x)):
		return "UNREALIZED"
	case o.faultOf(x) != nil:
		return "ERROR"
	}
	return "REALIZED"
}

// IsRealized says whether NSX has carried out all that an object says.
func (o *Objects) IsRealized(x *Object) bool { return o.state(x, o.Now()) == "REALIZED" }

// entities are what is realized of the object at a path: none as long as nothing is known, or where there is no such object.
func (o *Objects) entities(path string) []any {
	if x := o.Get(path); x != nil && o.state(x, o.Now()) != "" {
		return []any{o.entity(x, o.Now())}
	}
	return []any{}
}

// entity is what was realized of an object at a time.
func (o *Objects) entity(x *Object, at time.Time) map[string]any {
	state := o.state(x, at)
	entity := map[string]any{
		"id": x.ID(), "display_name": x.ID(), "resource_type": "GenericPolicyRealizedResource", "entity_type": x.Noun.Entity,
		"path":         "/infra/realized-state/enforcement-points/default/" + x.RealizedID,
		"intent_paths": []any{x.Path}, "state": state, "publish_status": state, "alarms": o.alarms(x, at),
		"runtime_status": "UNINITIALIZED", "marked_for_delete": !x.deleted.IsZero(),
	}
	if state == "REALIZED" {
		entity["realization_specific_identifier"] = x.RealizedID
	}
	return entity
}

func (o *Objects) alarms(x *Object, at time.Time) []any {
	fault := o.faultOf(x)
	if o.state(x, at) != "ERROR" || at.Before(o.Realized(x).Add(fault.AlarmAfter)) {
		return []any{}
	}
	return []any{map[string]any{"message": fault.Message, "source_reference": x.Path, "error_details": map[string]any{
		"error_code": fault.Code, "error_message": fault.Message, "module_name": "policy"}}}
}

// consolidated are the states of a status by those of an entity.
var consolidated = map[string]string{"": "UNINITIALIZED", "UNREALIZED": "IN_PROGRESS", "REALIZED": "SUCCESS", "ERROR": "ERROR"}

func (o *Objects) status(path string) (any, *Refusal) {
	x := o.Get(path)
	if x == nil {
		return nil, NotThere("the path=[%s] is invalid", path)
	}
	state := o.state(x, o.Now())
	return map[string]any{"intent_path": path, "publish_status": state,
		"consolidated_status": map[string]any{"consolidated_status": consolidated[state]}}, nil
}
