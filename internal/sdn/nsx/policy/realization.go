// SPDX-License-Identifier: MPL-2.0

package policy

import (
	"fmt"
	"slices"
)

// RealizedEntity is a part of NSX that carries out an object, as the realized state lists it (NSX API, GenericPolicyRealizedResource).
type RealizedEntity struct {
	ID          string   `json:"id"`
	State       string   `json:"state"` // UNAVAILABLE, UNREALIZED, REALIZED or ERROR
	EntityType  string   `json:"entity_type"`
	SpecificID  string   `json:"realization_specific_identifier"`
	IntentPaths []string `json:"intent_paths"`
	Alarms      []Alarm  `json:"alarms"`
}

// Alarm is why an entity is in the state ERROR. It may come later than the state.
type Alarm struct {
	Message string       `json:"message"`
	Details AlarmDetails `json:"error_details"`
}

// AlarmDetails is the error of an alarm, and those that it follows from.
type AlarmDetails struct {
	Code    int64          `json:"error_code"`
	Message string         `json:"error_message"`
	Related []AlarmDetails `json:"related_errors"`
}

// Stage is how far NSX has come with an object.
type Stage int

// The stages of an object.
const (
	Waiting     Stage = iota // not all of it is realized yet
	Unexplained              // it failed, and the alarm that says why may still come
	Failed
	Done
)

// Realization is how far NSX has come with an object, and why it failed.
type Realization struct {
	Stage  Stage
	Code   int64  // of the error, 0 if none is known
	Reason string // for people; empty if it did not fail
}

// notReady is the code of an entity that waits for what it depends on.
const notReady = 500042

// reasons say what codes of realized entities mean (vmware-nsxlib, nsx-operator). Others are told by NSX's own text.
var reasons = map[int64]string{
	5109: "an IP pool of NSX has no free address",
	5110: "the address is not in the IP pool of NSX",
	5141: "the address of the IP pool of NSX is taken",
	8212: "a subnet of NSX has no free address",
}

// Realize returns what a list of realized entities of one object amounts to. An empty list is an object that NSX has not begun with.
func Realize(entities []RealizedEntity) Realization {
	if len(entities) == 0 {
		return Realization{Stage: Waiting}
	}
	out := Realization{Stage: Done}
	for _, e := range entities {
		switch is := e.realization(); {
		case is.Stage == Failed:
			return is
		case is.Stage < out.Stage && out.Stage != Unexplained:
			out = is
		case is.Stage == Unexplained:
			out = is
		}
	}
	return out
}

// realization returns the state of one entity.
func (e RealizedEntity) realization() Realization {
	switch e.State {
	case "REALIZED":
		return Realization{Stage: Done}
	case "ERROR":
	default:
		return Realization{Stage: Waiting}
	}
	for _, alarm := range e.Alarms {
		code, text := alarm.why()
		switch {
		case code == notReady:
			return Realization{Stage: Waiting}
		case code != 0:
			return Realization{Stage: Failed, Code: code, Reason: fmt.Sprintf("NSX could not realize it (%s): %s (code %d)", e.EntityType, text,
				code)}
		}
	}
	return Realization{Stage: Unexplained, Reason: fmt.Sprintf("NSX could not realize it (%s), and has not said why: look at the alarms of "+
		"the object in NSX", e.EntityType)}
}

// why returns the code and text of an alarm. Codes that this package knows go before others.
func (a Alarm) why() (code int64, text string) {
	for _, d := range append([]AlarmDetails{a.Details}, a.Details.Related...) {
		known, is := reasons[d.Code]
		switch {
		case is || d.Code == notReady:
			return d.Code, known
		case code == 0 && d.Code != 0:
			code, text = d.Code, d.Message
		}
	}
	if text == "" {
		text = a.Message
	}
	return code, text
}

// LogicalSwitch returns the UUID of a segment's logical switch from the entities of the segment, by which the opaque backing of a NIC names
// it; empty while it is not realized.
func LogicalSwitch(entities []RealizedEntity) string {
	i := slices.IndexFunc(entities, func(e RealizedEntity) bool { return e.EntityType == "RealizedLogicalSwitch" && e.State == "REALIZED" })
	if i < 0 {
		return ""
	}
	return entities[i].SpecificID
}

// ByIntent returns entities by the path of the object that each carries out, for a list about several objects.
func ByIntent(entities []RealizedEntity) map[string][]RealizedEntity {
	out := map[string][]RealizedEntity{}
	for _, e := range entities {
		for _, path := range e.IntentPaths {
			out[path] = append(out[path], e)
		}
	}
	return out
}
