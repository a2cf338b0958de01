// SPDX-License-Identifier: MPL-2.0

// Package crud runs the life cycle of every resource and data source. Diagnostics are made here and nowhere else.
package crud

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Report turns the error of a verb into diagnostics: a FieldError is put at its attribute. Joined errors are reported one by one.
func Report(diags *diag.Diagnostics, summary string, err error) {
	if err == nil {
		return
	}
	if other, ok := err.(*titled); ok {
		Report(diags, other.title, other.error)
		return
	}
	if all, ok := parts(err); ok {
		for _, one := range all {
			Report(diags, summary, one)
		}
		return
	}
	var field *openstack.FieldError
	if !errors.As(err, &field) {
		diags.AddError(summary, sentence(err.Error()))
		return
	}
	if field.Setting {
		diags.AddError(summary, sentence("The provider's argument "+err.Error()))
		return
	}
	at := attribute(field.Field)
	if field.Key != "" {
		at = at.AtMapKey(field.Key)
	}
	detail := fmt.Sprintf("%s: %s", at, field.Err)
	if err != error(field) { // the text around it says more
		detail = err.Error()
	}
	diags.AddAttributeError(at, summary, sentence(detail))
}

// titled is an error with its own title.
type titled struct {
	title string
	error
}

// Unwrap returns the cause.
func (t *titled) Unwrap() error { return t.error }

// Titled makes Report use another title for an error than the verb's.
func Titled(title string, err error) error {
	if err == nil {
		return nil
	}
	return &titled{title, err}
}

// ReportPlan is Report for an error of a plan. Terraform plans a whole configuration before it destroys one, and a provider cannot see
// that it does, so an error about a new object also tells how to get past it. An error about an object that exists already adds that it
// may be the resource itself: a tainted object is planned as a new one, and only its refresh knows that it exists.
func ReportPlan(diags *diag.Diagnostics, summary string, err error, fresh bool) {
	if err == nil || !fresh {
		Report(diags, summary, err)
		return
	}
	var all diag.Diagnostics
	Report(&all, summary, err)
	var holder interface{ There() bool }
	held := errors.As(err, &holder) && holder.There()
	for _, one := range all {
		out := wayOut
		if held || strings.Contains(one.Detail(), "import {") {
			out = unlessTainted + " " + out
		}
		detail := one.Detail() + " " + out
		if strings.Contains(one.Detail(), "-refresh=false") { // the text already gives the advice
			detail = one.Detail()
		}
		if strings.HasSuffix(detail, "} "+out) { // the text ends in a block to copy
			detail = one.Detail() + "\n\n" + out
		}
		if at, has := one.(diag.DiagnosticWithPath); has {
			diags.AddAttributeError(at.Path(), one.Summary(), detail)
		} else {
			diags.AddError(one.Summary(), detail)
		}
	}
}

// WayOut is the advice on how to destroy a configuration with an object that cannot be planned. It ends an error about the object.
const WayOut = "If this keeps a terraform destroy from planning: run it with -refresh=false"

// unlessTainted is the advice on how to plan an object that would collide with itself.
const unlessTainted = "If it is this resource, tainted: plan without -refresh=false."

// wayOut is the advice on how to destroy what exists beside an object that cannot be planned.
const wayOut = WayOut + ", or remove this block first."

// WarnPartial returns err without the errors about others that lag behind the change. The change is made, so these become warnings.
func WarnPartial(ctx context.Context, err error) error {
	if all, ok := parts(err); ok {
		var left []error
		for _, one := range all {
			left = append(left, WarnPartial(ctx, one))
		}
		return errors.Join(left...)
	}
	if !openstack.IsPartialEnforcement(err) {
		return err
	}
	Warn(ctx, "Not in force everywhere yet", strings.ToUpper(err.Error()[:1])+err.Error()[1:])
	return nil
}

// A Speaker remembers which warnings a configured provider has given.
type Speaker interface {
	FirstTime(summary string) bool // reports whether the warning is new, and remembers it
}

// WarnOnce adds a warning only once for all resources of a configured provider.
func WarnOnce(ctx context.Context, speaker Speaker, summary, detail string) {
	if speaker.FirstTime(summary) {
		Warn(ctx, summary, detail)
	}
}

// attribute returns the path of "name", of the element "name[2]", or of "block.name" where there is only one such block.
func attribute(field string) path.Path {
	var index int
	if block, inner, nested := strings.Cut(field, "."); nested {
		return path.Root(block).AtName(inner)
	}
	name, element, indexed := strings.Cut(field, "[")
	if _, err := fmt.Sscanf(element, "%d]", &index); indexed && err == nil {
		return path.Root(name).AtListIndex(index)
	}
	return path.Root(field)
}

// joined is the type that errors.Join returns, which has no name outside of its package.
var joined = reflect.TypeOf(errors.Join(errors.ErrUnsupported))

// parts splits an error made by errors.Join. An error of fmt.Errorf with several %w is one sentence, and is not split.
func parts(err error) (all []error, ok bool) {
	list, ok := err.(interface{ Unwrap() []error })
	if !ok || reflect.TypeOf(err) != joined {
		return nil, false
	}
	return list.Unwrap(), true
}

// sentence ends a text with a full stop.
func sentence(text string) string {
	if text == "" {
		return text
	}
	switch text[len(text)-1] {
	case '.', '}', '!':
		return text
	}
	return text + "."
}

type warningsKey struct{}

type warnings struct {
	mu  sync.Mutex
	all diag.Diagnostics
}

// Warn adds a warning to the operation that the context belongs to.
func Warn(ctx context.Context, summary, detail string) {
	if w, ok := ctx.Value(warningsKey{}).(*warnings); ok {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.all.AddWarning(summary, sentence(detail))
	}
}

// WarnAt is Warn at an attribute.
func WarnAt(ctx context.Context, at path.Path, summary, detail string) {
	if w, ok := ctx.Value(warningsKey{}).(*warnings); ok {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.all.AddAttributeWarning(at, summary, sentence(detail))
	}
}

// WithWarnings returns a context that collects warnings, and a function that adds them to the diagnostics.
func WithWarnings(ctx context.Context, diags *diag.Diagnostics) (context.Context, func()) {
	w := &warnings{}
	return context.WithValue(ctx, warningsKey{}, w), func() { diags.Append(w.all...) }
}
