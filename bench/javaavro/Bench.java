import io.apicurio.registry.utils.converter.avro.AvroData;
import io.apicurio.registry.utils.converter.avro.AvroDataConfig;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.connect.data.SchemaAndValue;

/**
 * Converts records on command, as Confluent's AvroConverter does once it knows the schemas: AvroData between structs and Avro's records, Avro's
 * generic writer and reader between those and bytes. A line of the standard input is a command, each answered by one line: record NAME SCHEMA HEX
 * defines a record, encode or decode NAME COUNT converts it so often and answers with the CPU nanoseconds of the whole process.
 */
public class Bench {
    static final class Record {
        final Schema schema;
        final byte[] bytes;
        final SchemaAndValue value;
        final GenericDatumReader<Object> reader;
        final GenericDatumWriter<Object> writer;

        Record(AvroData data, String text, String hex) throws Exception {
            schema = new Schema.Parser().parse(text);
            bytes = HexFormat.of().parseHex(hex);
            reader = new GenericDatumReader<>(schema);
            writer = new GenericDatumWriter<>(schema);
            value = decode(data);
            if (!HexFormat.of().formatHex(encode(data)).equals(hex)) {
                throw new IllegalStateException("Java writes " + HexFormat.of().formatHex(encode(data)));
            }
        }

        SchemaAndValue decode(AvroData data) throws Exception {
            BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(bytes, null);
            return data.toConnectData(schema, reader.read(null, decoder));
        }

        byte[] encode(AvroData data) throws Exception {
            Object datum = data.fromConnectData(value.schema(), value.value());
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
            writer.write(datum, encoder);
            encoder.flush();
            return out.toByteArray();
        }
    }

    public static void main(String[] args) throws Exception {
        AvroData data = new AvroData(new AvroDataConfig(Map.of()));
        Map<String, Record> records = new HashMap<>();
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = in.readLine()) != null;) {
            String[] word = line.split("\t");
            if (word[0].equals("record")) {
                records.put(word[1], new Record(data, word[2], word[3]));
                System.out.println("ok");
                continue;
            }
            Record record = records.get(word[1]);
            int count = Integer.parseInt(word[2]);
            long sum = 0;
            long start = system.getProcessCpuTime();
            for (int i = 0; i < count; i++) {
                sum += word[0].equals("encode") ? record.encode(data).length : (record.decode(data).value() == null ? 0 : 1);
            }
            System.out.println(system.getProcessCpuTime() - start + "\t" + sum);
        }
    }
}
