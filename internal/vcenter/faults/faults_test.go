// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"errors"
	"fmt"
	"go/build"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// everyFault returns one of each fault of the vSphere API.
func everyFault(t *testing.T) (all []types.BaseMethodFault) {
	t.Helper()
	home, err := build.Import("github.com/vmware/govmomi/vim25/types", ".", build.FindOnly)
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(filepath.Join(home.Dir, "types.go"))
	if err != nil {
		t.Fatal(err)
	}
	named := types.TypeFunc()
	for _, found := range regexp.MustCompile(`(?m)^type (\w+) struct`).FindAllSubmatch(source, -1) {
		kind, known := named(string(found[1]))
		if !known || kind.Kind() != reflect.Struct {
			continue
		}
		if f, is := reflect.New(kind).Interface().(types.BaseMethodFault); is {
			all = append(all, f)
		}
	}
	return all
}

// TestEveryFaultIsToldInWords: no text holds a type's name, whatever the fault and however it comes: in a task or in a call's answer,
// with a message or without.
func TestEveryFaultIsToldInWords(t *testing.T) {
	t.Parallel()
	all := everyFault(t)
	if len(all) < 600 {
		t.Fatalf("only %d faults are known", len(all))
	}
	for _, f := range all {
		name := faultName(f)
		answer := &soap.Fault{Code: "ServerFaultCode", String: ""}
		answer.Detail.Fault = reflect.ValueOf(f).Elem().Interface()
		typed := *answer
		typed.String = fmt.Sprintf("%T", f)
		for how, err := range map[string]error{
			"task without a message": &TaskError{&types.LocalizedMethodFault{Fault: f}},
			"task with its type":     &TaskError{&types.LocalizedMethodFault{Fault: f, LocalizedMessage: fmt.Sprintf("%T", f)}},
			"task with a message": &TaskError{&types.LocalizedMethodFault{Fault: f,
				LocalizedMessage: "The operation is not allowed in the current state."}},
			"answer without a message": soap.WrapSoapFault(answer),
			"answer with its type":     soap.WrapSoapFault(&typed),
			"bare":                     soap.WrapVimFault(f),
		} {
			for _, told := range []error{Explain("cloning web", err), fmt.Errorf("looking: %w", Detailed(err))} {
				text := told.Error()
				if strings.Contains(text, "types.") || regexp.MustCompile(`\b`+name+`\b`).MatchString(text) {
					t.Errorf("%s, %s: %q names the type", name, how, text)
				}
				if len(text) < len("cloning web failed: ")+8 || strings.HasSuffix(text, ": ") || strings.Contains(text, "ServerFaultCode") {
					t.Errorf("%s, %s: %q says too little", name, how, text)
				}
			}
		}
	}
}

func TestCommonFaultsSayWhatToDo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault types.BaseMethodFault
		says  string
	}{
		"a host in maintenance": {&types.InvalidState{}, "look whether the host is in maintenance or disconnected"},
		"a host that is away":   {&types.HostNotConnected{}, "the host is not connected: connect it again, or choose another"},
		"a property":            {&types.InvalidArgument{InvalidProperty: "spec.numCPUs"}, "vCenter does not accept spec.numCPUs"},
		"a missing file": {&types.FileNotFound{FileFault: types.FileFault{File: "[vmfs-1] web/web.vmdk"}},
			"a file is missing on the datastore: file [vmfs-1] web/web.vmdk"},
		"a kind of another":       {&types.CannotUseNetwork{Device: "Network adapter 1"}, "cannot use network"},
		"a reason":                {&types.GenericVmConfigFault{Reason: "the disk is in use"}, "reason the disk is in use"},
		"no resources, by memory": {&types.InsufficientMemoryResourcesFault{}, "has not enough resources left"},
	} {
		err := Explain("cloning web", &TaskError{&types.LocalizedMethodFault{Fault: c.fault, LocalizedMessage: fmt.Sprintf("%T", c.fault)}})
		if !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %q, not %q", name, err, c.says)
		}
		var cause types.BaseMethodFault
		if !As(err, &cause) || faultName(cause) != faultName(c.fault) {
			t.Errorf("%s: the fault is lost in %v", name, err)
		}
	}
	if err := errors.New("dial tcp: refused"); Detailed(err) != err {
		t.Errorf("what is no fault is changed")
	}
}
