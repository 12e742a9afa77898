package protofile

import (
	"embed"
	"io/fs"
	"strings"
	"sync"

	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/apipb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/sourcecontextpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/typepb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// knownTexts are the schemas of google/type and confluent, which no package for Go that we use holds.
//
//go:embed known
var knownTexts embed.FS

// Known returns the schema that every user of Confluent's library has without importing it from a registry; nil where the name is another's.
func Known(name string) *File { return knownFiles()[name] }

var knownFiles = sync.OnceValue(func() map[string]*File {
	protos := map[string]*descriptorpb.FileDescriptorProto{}
	for _, d := range []protoreflect.FileDescriptor{
		anypb.File_google_protobuf_any_proto, apipb.File_google_protobuf_api_proto, descriptorpb.File_google_protobuf_descriptor_proto,
		durationpb.File_google_protobuf_duration_proto, emptypb.File_google_protobuf_empty_proto, fieldmaskpb.File_google_protobuf_field_mask_proto,
		sourcecontextpb.File_google_protobuf_source_context_proto, structpb.File_google_protobuf_struct_proto,
		timestamppb.File_google_protobuf_timestamp_proto, typepb.File_google_protobuf_type_proto, wrapperspb.File_google_protobuf_wrappers_proto,
	} {
		protos[d.Path()] = protodesc.ToFileDescriptorProto(d)
	}
	err := fs.WalkDir(knownTexts, "known", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := knownTexts.ReadFile(path)
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, "known/")
		protos[name], err = Parse(name, string(text))
		return err
	})
	if err != nil {
		panic("protofile: a known schema: " + err.Error())
	}
	files := map[string]*File{}
	var link func(name string) (*File, error)
	link = func(name string) (*File, error) {
		if f, done := files[name]; done || protos[name] == nil {
			return f, nil
		}
		f, err := Link(name, protos[name], link)
		files[name] = f
		return f, err
	}
	for name := range protos {
		if _, err := link(name); err != nil {
			panic("protofile: " + name + ": " + err.Error())
		}
	}
	return files
})
