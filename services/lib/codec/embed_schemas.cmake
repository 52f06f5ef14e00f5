# cmake -DFOLDER=schemas -DNAMES=a,b -DOUTPUT=x.cpp -P embed_schemas.cmake
# Writes the schemas' texts as a C++ table, so that a service needs no files to validate.
string(REPLACE "," ";" names "${NAMES}")
set(text "#include \"lib/codec/schema_table.hpp\"\n\nnamespace cw::codec {\n\n")
string(APPEND text "const std::vector<EmbeddedSchema>& embedded_schemas() {\n")
string(APPEND text "  static const std::vector<EmbeddedSchema> schemas{\n")
foreach(name IN LISTS names)
  file(READ "${FOLDER}/${name}/v1.json" json)
  string(APPEND text "      {\"${name}\", R\"schema(${json})schema\"},\n")
endforeach()
string(APPEND text "  };\n  return schemas;\n}\n\n}  // namespace cw::codec\n")
file(WRITE "${OUTPUT}" "${text}")
