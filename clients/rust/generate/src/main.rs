//! `generate billingrails.binpb src/gen`: writes the code of the contracts, one file a package, a file of modules that
//! are nested as the packages are, and what the client must know of methods.

use prost::Message;
use prost_types::{FileDescriptorProto, FileDescriptorSet};
use std::{env, error::Error, fmt::Write, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [image, out] = arguments.as_slice() else {
        return Err("usage: generate IMAGE FOLDER".into());
    };
    let mut files = FileDescriptorSet::decode(fs::read(image)?.as_slice())?;
    // What the messages are made of comes with prost-types; the rules of the fields and their own types are left out.
    files.file.retain(|file| !file.package().starts_with("buf."));
    fs::create_dir_all(out)?;
    let methods = methods_of(&files.file);
    tonic_prost_build::configure()
        .build_server(false)
        .include_file("mod.rs")
        // Comments of the contracts are text, not Rust that could be run.
        .disable_comments(["."])
        .out_dir(out)
        .compile_fds(files)?;
    fs::write(Path::new(out).join("methods.rs"), methods)?;
    Ok(())
}

/// Paths of the methods that answer with a stream, and of those whose requests have a request_id, with its number.
fn methods_of(files: &[FileDescriptorProto]) -> String {
    let mut streaming = String::new();
    let mut request_ids = String::new();
    for file in files {
        for service in &file.service {
            for method in &service.method {
                let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                if method.server_streaming() {
                    let _ = writeln!(streaming, "    {path:?},");
                }
                if let Some(number) = request_id_of(files, method.input_type()) {
                    let _ = writeln!(request_ids, "    ({path:?}, {number}),");
                }
            }
        }
    }
    format!(
        "pub const STREAMING: &[&str] = &[\n{streaming}];\npub const REQUEST_IDS: &[(&str, u32)] = &[\n{request_ids}];\n"
    )
}

fn request_id_of(files: &[FileDescriptorProto], input: &str) -> Option<i32> {
    let message = files.iter().find_map(|file| {
        let own = input.strip_prefix(&format!(".{}.", file.package()))?;
        file.message_type.iter().find(|message| message.name() == own)
    })?;
    let field = message.field.iter().find(|field| field.name() == "request_id")?;
    Some(field.number())
}
